// conformance-security.sys: SIDs, ACLs, descriptors, tokens, the access check.
#include "security.h"

CHECK_DRIVER({"SIDs", SecuritySids}, {"ACLs", SecurityAcls}, {"descriptors", SecurityDescriptors},
             {"tokens", SecurityTokens}, {"access", SecurityAccess}, {"objects", SecurityObjects})
