// What application and driver of conformance-ps agree on.
#define IOCTL_PS_LOOK CTL_CODE(FILE_DEVICE_UNKNOWN, 0x800, METHOD_BUFFERED, FILE_ANY_ACCESS)

typedef struct {
    unsigned process, thread; // as the application sees itself
} PS_WHO;
