#pragma once
#include <stddef.h>
void bcopy(const void*, void*, size_t), bzero(void*, size_t);
int bcmp(const void*, const void*, size_t), ffs(int), ffsl(long), ffsll(long long);
char *index(const char*, int), *rindex(const char*, int);
