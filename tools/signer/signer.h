// Who signed: the certificates in a PKCS#7 signature, as Authenticode puts it into PE files. Nothing is verified.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// The subject of the signer's certificate, "CN=..., O=...", cut to the buffer. False: not to be found, or this build has
// no libcrypto.
bool signer_subject(const uint8_t *signature, size_t bytes, char *text, size_t size);
