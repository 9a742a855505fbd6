#pragma once
typedef long long jmp_buf[20];
int setjmp(jmp_buf);
void longjmp(jmp_buf, int) __attribute__((noreturn));
