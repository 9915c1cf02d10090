#include <ntifs.h>
#include <ddkcompat.h>

void GuardedMutexes(void);
void PushLocks(void);
void Rundown(void);
void ResourcesMore(void);
void LookasideEx(void);
void Callbacks(void);
void Timers(void);

// Runs a routine in a thread of its own and waits for its end.
void InThread(PKSTART_ROUTINE routine, void *context);
// A thread that is waited for with EndThread.
HANDLE BeginThread(PKSTART_ROUTINE routine, void *context);
void EndThread(HANDLE thread);
