// conformance-rtl.sys: the run-time library.
#include "rtl.h"

CHECK_DRIVER({"strings", RtlStrings}, {"cases", RtlCases}, {"conversions", RtlConversions}, {"numbers", RtlNumbers},
             {"versions", RtlVersions}, {"times", RtlTimes}, {"bitmaps", RtlBitmaps}, {"runs", RtlRuns},
             {"memory", RtlMemory})
