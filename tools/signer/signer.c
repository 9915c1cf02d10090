// With libcrypto. See signer.h.
#include "signer.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>

#include <limits.h>

static bool print_name(X509_NAME *name, char *text, size_t size)
{
    BIO *out = BIO_new(BIO_s_mem());
    int length = -1;
    if (out && X509_NAME_print_ex(out, name, 0, XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB) >= 0)
        length = BIO_read(out, text, (int)size - 1);
    BIO_free(out);
    if (length < 0)
        return false;
    text[length] = 0;
    return true;
}

bool signer_subject(const uint8_t *signature, size_t bytes, char *text, size_t size)
{
    const unsigned char *at = signature;
    PKCS7 *message = bytes <= INT_MAX ? d2i_PKCS7(NULL, &at, (long)bytes) : NULL;
    bool found = false;
    if (message && PKCS7_type_is_signed(message) && message->d.sign) {
        STACK_OF(X509) *signers = PKCS7_get0_signers(message, NULL, 0);
        if (signers && sk_X509_num(signers) > 0)
            found = print_name(X509_get_subject_name(sk_X509_value(signers, 0)), text, size);
        sk_X509_free(signers);
    }
    PKCS7_free(message);
    ERR_clear_error();
    return found;
}
