// Without libcrypto.
#include "signer.h"

bool signer_subject(const uint8_t *signature, size_t bytes, char *text, size_t size)
{
    (void)signature, (void)bytes, (void)text, (void)size;
    return false;
}
