#pragma once

ULONG ReadByRcx(const volatile void *address);
int DoDivide(int dividend, int divisor);
void DoIllegal(void);
void DoBreak(void);
void DoAssert(void);
void DoFastFail(ULONG code);
ULONG CheckRegisters(void (*raising)(void));
void CallWithOthers(void (*raising)(void));
