#include <disco.h>
#include <stdio.h>

static int a[1 << 18];

int main(void) {
  long long sum = 0;
  mark(1);
  for (int pass = 0; pass < 8; ++pass)
    for (int i = 0; i < 1 << 18; i += 512) sum += a[i] += i;
  mark(2);
  printf("sum %lld\n", sum);
}
