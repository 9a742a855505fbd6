// Numbers from text, sorting, searching, calendars, strings, wide characters: from random inputs.
// What is printed does not depend on how wide `long` is.  texts SEED
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <wchar.h>

static uint64_t state;
static uint32_t next(void) {
  state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (uint32_t)(state >> 33);
}

static void random_text(char* to, const char* letters, int most) {
  const int length = (int)(next() % (uint32_t)most);
  for (int i = 0; i < length; ++i) to[i] = letters[next() % strlen(letters)];
  to[length] = 0;
}

static void integers(void) {
  static const char* const kFixed[] = {"-",
                                       "+",
                                       "0x",
                                       "0xg",
                                       " \t12",
                                       "--1",
                                       "9223372036854775807",
                                       "9223372036854775808",
                                       "-9223372036854775808",
                                       "-9223372036854775809",
                                       "18446744073709551615",
                                       "18446744073709551616",
                                       "-1",
                                       "zz",
                                       "077",
                                       "08",
                                       "1e3",
                                       ""};
  for (int i = 0; i < 400; ++i) {
    char text[64];
    const int fixed = i < (int)(sizeof kFixed / sizeof kFixed[0]);
    if (fixed)
      strcpy(text, kFixed[i]);
    else
      random_text(text, "0123456789abcxX-+ ", i % 3 == 0 ? 40 : 12);
    static const int kBases[] = {0, 10, 16, 8, 2, 36};
    for (int b = 0; b < 6; ++b) {
      char* end;
      errno = 0;
      const long long s = strtoll(text, &end, kBases[b]);
      printf("%lld %d %d", s, (int)(end - text), errno == ERANGE);
      errno = 0;
      const unsigned long long u = strtoull(text, &end, kBases[b]);
      printf(" %llu %d %d\n", u, (int)(end - text), errno == ERANGE);
    }
    char* end;
    const long l = strtol(text, &end, 16);
    printf("%d %d %d [%s]\n", (int)(end - text), l > 0, atoi("42"), text);
  }
  errno = 0;
  const int is_most = strtol("99999999999999999999", NULL, 10) == LONG_MAX;
  printf("%d %d\n", is_most, errno == ERANGE);
  errno = 0;
  const int is_least = strtol("-99999999999999999999", NULL, 10) == LONG_MIN;
  printf("%d %d\n", is_least, errno == ERANGE);
  errno = 0;
  const int is_largest = strtoul("99999999999999999999", NULL, 10) == ULONG_MAX;
  printf("%d %d\n", is_largest, errno == ERANGE);
}

static void reals(void) {
  for (int i = 0; i < 300; ++i) {
    char text[80], part[40];
    const unsigned whole = next() % 1000000, fraction = next();
    snprintf(text, sizeof text, "%s%u.%u", whole % 2 ? "-" : "", whole, fraction);
    if (next() % 2) {
      snprintf(part, sizeof part, "e%d", (int)(next() % 560) - 280);
      strcat(text, part);
    }
    if (next() % 8 == 0) random_text(text, "0123456789.eE+-", 20);
    char* end;
    errno = 0;
    const double d = strtod(text, &end);
    printf("[%s] %.17g %a %d", text, d, d, (int)(end - text));
    double s = 0;
    const int n = sscanf(text, "%lf", &s);
    printf(" %d %.17g %.9g\n", n, s, (double)strtof("3.25", NULL));
  }
  errno = 0;
  const double huge = strtod("1e999", NULL);
  printf("%d %d %d\n", isinf(huge) != 0, errno == ERANGE, isnan(strtod("nan", NULL)) != 0);
  printf("%g %g %g\n", strtod("inf", NULL), strtod("-Infinity", NULL), strtod("0x1.8p3", NULL));
}

static int compare(const void* a, const void* b) {
  const int64_t x = *(const int64_t*)a, y = *(const int64_t*)b;
  return x < y ? -1 : x > y;
}

static void sorting(void) {
  for (int round = 0; round < 30; ++round) {
    static int64_t numbers[1000];
    const size_t count = next() % 1000;
    for (size_t i = 0; i < count; ++i)
      numbers[i] = round % 3 == 0 ? next() % 10 : (int64_t)next() - (1 << 29);
    qsort(numbers, count, sizeof numbers[0], compare);
    uint64_t sum = 0;
    for (size_t i = 0; i < count; ++i) sum = sum * 31 + (uint64_t)numbers[i];
    const int64_t key = count ? numbers[count / 2] : 0;
    const int64_t* const found = bsearch(&key, numbers, count, sizeof key, compare);
    printf("%zu %016" PRIx64 " %d\n", count, sum, found ? *found == key : -1);
  }
}

static void calendars(void) {
  for (int i = 0; i < 60; ++i) {
    const time_t when = (time_t)((int64_t)next() * 4);
    struct tm tm = *gmtime(&when);
    char text[100];
    strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S %a %b %j %U %y %p %I", &tm);
    tm.tm_mday += (int)(next() % 100);
    const time_t later = mktime(&tm);
    printf("%lld %s %lld %d\n", (long long)when, text, (long long)later, tm.tm_wday);
  }
}

static void strings(void) {
  for (int i = 0; i < 100; ++i) {
    char a[40], b[40], c[100];
    random_text(a, "abcA,;", 30);
    random_text(b, "abcA,;", 5);
    const char* const in = strstr(a, b);
    printf("[%s] [%s] %d %d %d %d %d", a, b, in ? (int)(in - a) : -1, (int)strspn(a, b),
           (int)strcspn(a, b), (strcmp(a, b) > 0) - (strcmp(a, b) < 0),
           (strcasecmp(a, b) > 0) - (strcasecmp(a, b) < 0));
    snprintf(c, sizeof c, "%s|%.3s|%10s|%-10s|", a, a, b, b);
    printf(" %s %zu\n", c, strlen(c));
    for (char *rest = a, *word; (word = strtok_r(rest, ",;", &rest)) != NULL;) printf("<%s>", word);
    char* const copy = strdup(b);
    printf(" %s %d %d\n", copy, memcmp(a, b, 0), memchr(a, 'c', strlen(a)) != NULL);
    free(copy);
  }
  for (int c = 0; c < 128; ++c)
    printf("%d%d%d%d%d%d ", !!isalpha(c), !!isdigit(c), !!isspace(c), !!ispunct(c), !!isxdigit(c),
           !!iscntrl(c));
  printf("%c%c\n", toupper('x'), tolower('Y'));
  wchar_t wide[20];
  const size_t converted = mbstowcs(wide, "hello", 20);
  printf("%zu %d %zu\n", converted, (int)wide[4], wcslen(wide));
  swprintf(wide, 20, L"%d-%ls", 42, L"w");
  printf("%ls\n", wide);
  long long x = 0;
  char word[20], rest[20];
  int n = 0,
      count = sscanf("12345 word [abc] 0x1f", "%lld %19s [%19[a-z]] %i%n", &x, word, rest, &n, &n);
  printf("%d %lld %s %s %d\n", count, x, word, rest, n);
}

static void functions(void) {
  for (int i = 0; i < 200; ++i) {
    const double x = (double)(int32_t)(next() << 1) / 1e8, y = (double)next() / 1e8;
    printf("%.9g %.9g %.9g %.9g %.9g %.9g", sin(x), cos(x), exp(x), log(y), pow(y, x / 10),
           atan2(x, y));
    printf(" %.9g %.9g %.9g %.9g %.9g %.9g\n", cbrt(x), fmod(x, y), hypot(x, y), floor(x), round(x),
           sqrt(y));
  }
}

int main(int argc, char** argv) {
  state = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
  setenv("TZ", "UTC", 1);
  tzset();
  integers();
  reals();
  sorting();
  calendars();
  strings();
  functions();
  return 0;
}
