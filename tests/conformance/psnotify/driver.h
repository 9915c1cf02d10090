#include <ntifs.h>
#include <ddkcompat.h>

// What the application's process and thread are, as the kernel's routines say it.
void LookAtProcess(void);
void LookAtThread(void);
// Ends the calling process.
void Kill(void);

NTSTATUS Register(void);
void Unregister(void);
// The thread routine alone.
void RegisterThreads(void);
void UnregisterThreads(void);
