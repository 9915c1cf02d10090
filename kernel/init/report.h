#pragma once

// Connects the rooms that report to the rooms that know: who prints, where a driver failed, what is missing.
void init_reports(void);
