#include <ntifs.h>
#include <ddkcompat.h>

void SequencedLists(void);
void LookasideLists(void);
void Resources(void);
