#include <ntifs.h>
#include <ddkcompat.h>

// The filters.
void Register(DRIVER_OBJECT *driver);
void Unregister(void);
// What the driver itself does to the registry.
void Work(void);
