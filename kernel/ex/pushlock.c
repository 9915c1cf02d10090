// Push locks: one word, many readers or one writer, held in a critical region. Windows documents them for file systems
// only (ntifs/nf-ntifs-fltacquirepushlockexclusiveex says what they do).
//
//      readers << 4 | LOCKED   held by readers; without readers: by a writer
//      WAITING                 somebody sleeps on the word
#include "ex/ex.h"

enum { LOCKED = 1, WAITING = 2, ONE_READER = 16 };

// Who waits sleeps on the low half; readers never reach the high one.
static _Atomic uint32_t *word_of(PEX_PUSH_LOCK lock)
{
    return (_Atomic uint32_t *)lock;
}

static void sleep_on(_Atomic uint32_t *word, uint32_t seen)
{
    if ((seen & WAITING) || atomic_compare_exchange_strong(word, &seen, seen | WAITING))
        hal_futex_wait(word, seen | WAITING, NULL);
}

void NTAPI ExInitializePushLock(PEX_PUSH_LOCK lock)
{
    *lock = 0;
}

void NTAPI ExfAcquirePushLockExclusive(PEX_PUSH_LOCK lock)
{
    _Atomic uint32_t *word = word_of(lock);
    for (uint32_t seen = 0; !atomic_compare_exchange_strong(word, &seen, (seen & WAITING) | LOCKED);) {
        if (seen & LOCKED) {
            sleep_on(word, seen);
            seen = 0;
        }
    }
}

// A writer that waits does not keep further readers out.
void NTAPI ExfAcquirePushLockShared(PEX_PUSH_LOCK lock)
{
    _Atomic uint32_t *word = word_of(lock);
    for (uint32_t seen = 0; !atomic_compare_exchange_strong(word, &seen, (seen | LOCKED) + ONE_READER);) {
        if ((seen & LOCKED) && seen < ONE_READER) {
            sleep_on(word, seen);
            seen = 0;
        }
    }
}

void NTAPI ExfReleasePushLockExclusive(PEX_PUSH_LOCK lock)
{
    if (atomic_exchange(word_of(lock), 0) & WAITING)
        hal_futex_wake(word_of(lock), INT32_MAX);
}

void NTAPI ExfReleasePushLockShared(PEX_PUSH_LOCK lock)
{
    _Atomic uint32_t *word = word_of(lock);
    uint32_t seen = atomic_load(word);
    while (!atomic_compare_exchange_strong(word, &seen, seen >= 2 * ONE_READER ? seen - ONE_READER : 0))
        ;
    if (seen < 2 * ONE_READER && (seen & WAITING))
        hal_futex_wake(word, INT32_MAX);
}

void NTAPI ExfReleasePushLock(PEX_PUSH_LOCK lock)
{
    if (atomic_load(word_of(lock)) >= ONE_READER)
        ExfReleasePushLockShared(lock);
    else
        ExfReleasePushLockExclusive(lock);
}

// flags: how the calls are checked; nothing here.
void NTAPI ExAcquirePushLockExclusiveEx(PEX_PUSH_LOCK lock, ULONG flags)
{
    (void)flags;
    ExfAcquirePushLockExclusive(lock);
}

void NTAPI ExAcquirePushLockSharedEx(PEX_PUSH_LOCK lock, ULONG flags)
{
    (void)flags;
    ExfAcquirePushLockShared(lock);
}

void NTAPI ExReleasePushLockExclusiveEx(PEX_PUSH_LOCK lock, ULONG flags)
{
    (void)flags;
    ExfReleasePushLockExclusive(lock);
}

void NTAPI ExReleasePushLockSharedEx(PEX_PUSH_LOCK lock, ULONG flags)
{
    (void)flags;
    ExfReleasePushLockShared(lock);
}

void NTAPI ExReleasePushLockEx(PEX_PUSH_LOCK lock, ULONG flags)
{
    (void)flags;
    ExfReleasePushLock(lock);
}

// Wakes who blocked on the address (ExBlockOnAddressPushLock): nobody can, no driver may import that.
void NTAPI ExfUnblockPushLock(PEX_PUSH_LOCK lock, PVOID wait_block)
{
    (void)lock, (void)wait_block;
}
