// Nothing: tm.h and tsystem.h say it all.
