// All of the NT ABI.
#pragma once

#include <nt/ntdef.h>
#include <nt/ntstatus.h>
#include <nt/ke.h>
#include <nt/ex.h>
#include <nt/mm.h>
#include <nt/se.h>
#include <nt/ob.h>
#include <nt/ps.h>
#include <nt/cm.h>
#include <nt/io.h>
#include <nt/rtl.h>
#include <nt/dbg.h>
#include <nt/pe.h>
#include <nt/zw.h>
#include <nt/etw.h>
#include <nt/system.h>
