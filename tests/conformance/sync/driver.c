// conformance-sync.sys: dispatcher objects, IRQL, locks, queues, DPCs, APCs, threads and clocks.
#include "sync.h"

CHECK_DRIVER({"events", SyncEvents}, {"mutexes", SyncMutexes}, {"semaphores", SyncSemaphores}, {"timers", SyncTimers},
             {"many objects", SyncMany}, {"levels", SyncLevels}, {"spin locks", SyncSpinLocks},
             {"regions", SyncRegions}, {"processors", SyncProcessors}, {"clocks", SyncClocks},
             {"device queues", SyncDeviceQueues}, {"queues", SyncQueues}, {"DPCs", SyncDpcs}, {"APCs", SyncApcs},
             {"alerts", SyncAlerts}, {"threads", SyncThreads})
