// conformance-crt.sys: the C run time that ntoskrnl.exe exports.
#include "crt.h"

CHECK_DRIVER({"narrow", CrtNarrow}, {"wide", CrtWide}, {"numbers", CrtNumbers}, {"formats", CrtFormats})
