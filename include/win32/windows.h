// Win32 for Linux programs: the Windows header's name, so that one source builds for Windows and for nthost.
//
// A subset: what an application needs to open devices, exchange data with them, wait, and install drivers.
#pragma once

#include "windef.h"
#include "winnt.h"
#include "winerror.h"
#include "winbase.h"
#include "winsvc.h"
#ifndef WIN32_LEAN_AND_MEAN
#include "winioctl.h"
#endif
