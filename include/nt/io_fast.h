// The I/O manager: the fast I/O dispatch table.
#pragma once

#include <nt/io_objects.h>

struct _FILE_BASIC_INFORMATION;
struct _FILE_STANDARD_INFORMATION;
struct _FILE_NETWORK_OPEN_INFORMATION;
struct _COMPRESSED_DATA_INFO;

typedef BOOLEAN(NTAPI *PFAST_IO_CHECK_IF_POSSIBLE)(PFILE_OBJECT file, PLARGE_INTEGER offset, ULONG length, BOOLEAN wait,
                                                   ULONG key, BOOLEAN check_for_read, PIO_STATUS_BLOCK iosb,
                                                   PDEVICE_OBJECT device);
typedef BOOLEAN(NTAPI *PFAST_IO_READ)(PFILE_OBJECT file, PLARGE_INTEGER offset, ULONG length, BOOLEAN wait, ULONG key,
                                      PVOID buffer, PIO_STATUS_BLOCK iosb, PDEVICE_OBJECT device);
typedef BOOLEAN(NTAPI *PFAST_IO_WRITE)(PFILE_OBJECT file, PLARGE_INTEGER offset, ULONG length, BOOLEAN wait, ULONG key,
                                       PVOID buffer, PIO_STATUS_BLOCK iosb, PDEVICE_OBJECT device);
typedef BOOLEAN(NTAPI *PFAST_IO_QUERY_BASIC_INFO)(PFILE_OBJECT file, BOOLEAN wait,
                                                  struct _FILE_BASIC_INFORMATION *buffer, PIO_STATUS_BLOCK iosb,
                                                  PDEVICE_OBJECT device);
typedef BOOLEAN(NTAPI *PFAST_IO_QUERY_STANDARD_INFO)(PFILE_OBJECT file, BOOLEAN wait,
                                                     struct _FILE_STANDARD_INFORMATION *buffer, PIO_STATUS_BLOCK iosb,
                                                     PDEVICE_OBJECT device);
typedef BOOLEAN(NTAPI *PFAST_IO_LOCK)(PFILE_OBJECT file, PLARGE_INTEGER offset, PLARGE_INTEGER length,
                                      PEPROCESS process, ULONG key, BOOLEAN fail_immediately, BOOLEAN exclusive,
                                      PIO_STATUS_BLOCK iosb, PDEVICE_OBJECT device);
typedef BOOLEAN(NTAPI *PFAST_IO_UNLOCK_SINGLE)(PFILE_OBJECT file, PLARGE_INTEGER offset, PLARGE_INTEGER length,
                                               PEPROCESS process, ULONG key, PIO_STATUS_BLOCK iosb,
                                               PDEVICE_OBJECT device);
typedef BOOLEAN(NTAPI *PFAST_IO_UNLOCK_ALL)(PFILE_OBJECT file, PEPROCESS process, PIO_STATUS_BLOCK iosb,
                                            PDEVICE_OBJECT device);
typedef BOOLEAN(NTAPI *PFAST_IO_UNLOCK_ALL_BY_KEY)(PFILE_OBJECT file, PVOID process, ULONG key, PIO_STATUS_BLOCK iosb,
                                                   PDEVICE_OBJECT device);
typedef BOOLEAN(NTAPI *PFAST_IO_DEVICE_CONTROL)(PFILE_OBJECT file, BOOLEAN wait, PVOID input, ULONG input_length,
                                                PVOID output, ULONG output_length, ULONG code, PIO_STATUS_BLOCK iosb,
                                                PDEVICE_OBJECT device);
typedef VOID(NTAPI *PFAST_IO_ACQUIRE_FILE)(PFILE_OBJECT file);
typedef VOID(NTAPI *PFAST_IO_RELEASE_FILE)(PFILE_OBJECT file);
typedef VOID(NTAPI *PFAST_IO_DETACH_DEVICE)(PDEVICE_OBJECT source, PDEVICE_OBJECT target);
typedef BOOLEAN(NTAPI *PFAST_IO_QUERY_NETWORK_OPEN_INFO)(PFILE_OBJECT file, BOOLEAN wait,
                                                         struct _FILE_NETWORK_OPEN_INFORMATION *buffer,
                                                         PIO_STATUS_BLOCK iosb, PDEVICE_OBJECT device);
typedef NTSTATUS(NTAPI *PFAST_IO_ACQUIRE_FOR_MOD_WRITE)(PFILE_OBJECT file, PLARGE_INTEGER end, PERESOURCE *resource,
                                                        PDEVICE_OBJECT device);
typedef BOOLEAN(NTAPI *PFAST_IO_MDL_READ)(PFILE_OBJECT file, PLARGE_INTEGER offset, ULONG length, ULONG key, PMDL *mdl,
                                          PIO_STATUS_BLOCK iosb, PDEVICE_OBJECT device);
typedef BOOLEAN(NTAPI *PFAST_IO_MDL_READ_COMPLETE)(PFILE_OBJECT file, PMDL mdl, PDEVICE_OBJECT device);
typedef BOOLEAN(NTAPI *PFAST_IO_PREPARE_MDL_WRITE)(PFILE_OBJECT file, PLARGE_INTEGER offset, ULONG length, ULONG key,
                                                   PMDL *mdl, PIO_STATUS_BLOCK iosb, PDEVICE_OBJECT device);
typedef BOOLEAN(NTAPI *PFAST_IO_MDL_WRITE_COMPLETE)(PFILE_OBJECT file, PLARGE_INTEGER offset, PMDL mdl,
                                                    PDEVICE_OBJECT device);
typedef BOOLEAN(NTAPI *PFAST_IO_READ_COMPRESSED)(PFILE_OBJECT file, PLARGE_INTEGER offset, ULONG length, ULONG key,
                                                 PVOID buffer, PMDL *mdl, PIO_STATUS_BLOCK iosb,
                                                 struct _COMPRESSED_DATA_INFO *info, ULONG info_length,
                                                 PDEVICE_OBJECT device);
typedef BOOLEAN(NTAPI *PFAST_IO_WRITE_COMPRESSED)(PFILE_OBJECT file, PLARGE_INTEGER offset, ULONG length, ULONG key,
                                                  PVOID buffer, PMDL *mdl, PIO_STATUS_BLOCK iosb,
                                                  struct _COMPRESSED_DATA_INFO *info, ULONG info_length,
                                                  PDEVICE_OBJECT device);
typedef BOOLEAN(NTAPI *PFAST_IO_MDL_READ_COMPLETE_COMPRESSED)(PFILE_OBJECT file, PMDL mdl, PDEVICE_OBJECT device);
typedef BOOLEAN(NTAPI *PFAST_IO_MDL_WRITE_COMPLETE_COMPRESSED)(PFILE_OBJECT file, PLARGE_INTEGER offset, PMDL mdl,
                                                               PDEVICE_OBJECT device);
typedef BOOLEAN(NTAPI *PFAST_IO_QUERY_OPEN)(PIRP irp, struct _FILE_NETWORK_OPEN_INFORMATION *info,
                                            PDEVICE_OBJECT device);
typedef NTSTATUS(NTAPI *PFAST_IO_RELEASE_FOR_MOD_WRITE)(PFILE_OBJECT file, PERESOURCE resource, PDEVICE_OBJECT device);
typedef NTSTATUS(NTAPI *PFAST_IO_ACQUIRE_FOR_CCFLUSH)(PFILE_OBJECT file, PDEVICE_OBJECT device);
typedef NTSTATUS(NTAPI *PFAST_IO_RELEASE_FOR_CCFLUSH)(PFILE_OBJECT file, PDEVICE_OBJECT device);

typedef struct _FAST_IO_DISPATCH {
    ULONG SizeOfFastIoDispatch;
    PFAST_IO_CHECK_IF_POSSIBLE FastIoCheckIfPossible;
    PFAST_IO_READ FastIoRead;
    PFAST_IO_WRITE FastIoWrite;
    PFAST_IO_QUERY_BASIC_INFO FastIoQueryBasicInfo;
    PFAST_IO_QUERY_STANDARD_INFO FastIoQueryStandardInfo;
    PFAST_IO_LOCK FastIoLock;
    PFAST_IO_UNLOCK_SINGLE FastIoUnlockSingle;
    PFAST_IO_UNLOCK_ALL FastIoUnlockAll;
    PFAST_IO_UNLOCK_ALL_BY_KEY FastIoUnlockAllByKey;
    PFAST_IO_DEVICE_CONTROL FastIoDeviceControl;
    PFAST_IO_ACQUIRE_FILE AcquireFileForNtCreateSection;
    PFAST_IO_RELEASE_FILE ReleaseFileForNtCreateSection;
    PFAST_IO_DETACH_DEVICE FastIoDetachDevice;
    PFAST_IO_QUERY_NETWORK_OPEN_INFO FastIoQueryNetworkOpenInfo;
    PFAST_IO_ACQUIRE_FOR_MOD_WRITE AcquireForModWrite;
    PFAST_IO_MDL_READ MdlRead;
    PFAST_IO_MDL_READ_COMPLETE MdlReadComplete;
    PFAST_IO_PREPARE_MDL_WRITE PrepareMdlWrite;
    PFAST_IO_MDL_WRITE_COMPLETE MdlWriteComplete;
    PFAST_IO_READ_COMPRESSED FastIoReadCompressed;
    PFAST_IO_WRITE_COMPRESSED FastIoWriteCompressed;
    PFAST_IO_MDL_READ_COMPLETE_COMPRESSED MdlReadCompleteCompressed;
    PFAST_IO_MDL_WRITE_COMPLETE_COMPRESSED MdlWriteCompleteCompressed;
    PFAST_IO_QUERY_OPEN FastIoQueryOpen;
    PFAST_IO_RELEASE_FOR_MOD_WRITE ReleaseForModWrite;
    PFAST_IO_ACQUIRE_FOR_CCFLUSH AcquireForCcFlush;
    PFAST_IO_RELEASE_FOR_CCFLUSH ReleaseForCcFlush;
} FAST_IO_DISPATCH, *PFAST_IO_DISPATCH;
