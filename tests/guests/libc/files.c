// Streams and directories, on a disk (the host: in the directory that is argv[1]): random writes,
// reads and seeks against a copy in memory.  files DIRECTORY SEED
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static uint64_t state;
static uint32_t next(void) {
  state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (uint32_t)(state >> 33);
}

#define EXPECT(c) \
  ((c) ? (void)0 : (printf("line %d: not so: %s (%s)\n", __LINE__, #c, strerror(errno)), exit(1)))
enum { kMost = 60000 };
static unsigned char copy[kMost];

static void random_access(const char* path) {
  long size = 0, at = 0;
  FILE* const f = fopen(path, "w+b");
  EXPECT(f);
  for (int i = 0; i < 400; ++i) {
    static unsigned char part[3000];
    const long n = next() % 3000;
    switch (next() % 4) {
      case 0:
        at = next() % (uint32_t)(size + 1);
        EXPECT(fseek(f, at, SEEK_SET) == 0 && ftell(f) == at);
        break;
      case 1:
        if (at + n > kMost) break;
        for (long k = 0; k < n; ++k) copy[at + k] = part[k] = (unsigned char)next();
        EXPECT(fseek(f, at, SEEK_SET) == 0 && fwrite(part, 1, (size_t)n, f) == (size_t)n);
        at += n;
        if (at > size) size = at;
        break;
      case 2: {
        const long there = n < size - at ? n : size - at;
        EXPECT(fseek(f, at, SEEK_SET) == 0 && fread(part, 1, (size_t)n, f) == (size_t)there);
        EXPECT(memcmp(part, copy + at, (size_t)there) == 0 && !feof(f) == (there == n));
        at += there;
        break;
      }
      default:
        EXPECT(fseek(f, 0, SEEK_END) == 0 && ftell(f) == size && fseek(f, at, SEEK_SET) == 0);
    }
  }
  EXPECT(fclose(f) == 0);
  struct stat status;
  EXPECT(stat(path, &status) == 0 && status.st_size == size && S_ISREG(status.st_mode));
  uint64_t sum = 0;
  for (long i = 0; i < size; ++i) sum = sum * 31 + copy[i];
  printf("%ld bytes, %016llx\n", size, (unsigned long long)sum);
}

static void lines(const char* path) {
  FILE* f = fopen(path, "w");
  EXPECT(f);
  for (int i = 0; i < 300; ++i)
    EXPECT(fprintf(f, "%d %s %x\n", i, i % 2 ? "odd" : "even", i * i) > 0);
  EXPECT(fclose(f) == 0 && (f = fopen(path, "a")) != NULL && fputs("last", f) >= 0 &&
         fclose(f) == 0);
  f = fopen(path, "r");
  EXPECT(f && ungetc('!', f) == '!' && getc(f) == '!');
  char line[100], word[20];
  int n, count = 0, sum = 0;
  unsigned square;
  while (fscanf(f, "%d %19s %x\n", &n, word, &square) == 3) {
    EXPECT(square == (unsigned)(n * n) && strcmp(word, n % 2 ? "odd" : "even") == 0);
    sum += n;
    ++count;
  }
  EXPECT(fgets(line, sizeof line, f) && strcmp(line, "last") == 0 &&
         fgets(line, sizeof line, f) == NULL && feof(f));
  rewind(f);
  size_t room = 0;
  char* text = NULL;
  EXPECT(getline(&text, &room, f) == 9 && strcmp(text, "0 even 0\n") == 0);
  free(text);
  EXPECT(fclose(f) == 0);
  printf("%d lines, %d\n", count, sum);
}

static int by_name(const void* a, const void* b) {
  return strcmp(*(char* const*)a, *(char* const*)b);
}

static void directories(const char* top) {
  char path[300];
  char* names[40];
  int count = 0;
  snprintf(path, sizeof path, "%s/sub", top);
  EXPECT(mkdir(path, 0777) == 0 && mkdir(path, 0777) == -1 && errno == EEXIST);
  for (int i = 0; i < 30; ++i) {
    snprintf(path, sizeof path, "%s/sub/f%u-%d", top, next() % 1000, i);
    FILE* const f = fopen(path, "wx");
    EXPECT(f && fclose(f) == 0);
  }
  snprintf(path, sizeof path, "%s/sub", top);
  DIR* const d = opendir(path);
  EXPECT(d);
  for (struct dirent* e; (e = readdir(d)) != NULL;)
    if (e->d_name[0] != '.') names[count++] = strdup(e->d_name);
  EXPECT(closedir(d) == 0 && count == 30);
  qsort(names, 30, sizeof names[0], by_name);
  EXPECT(rmdir(path) == -1 && (errno == ENOTEMPTY || errno == EEXIST));
  for (int i = 0; i < 30; ++i) {
    printf("%s ", names[i]);
    snprintf(path, sizeof path, "%s/sub/%s", top, names[i]);
    EXPECT(remove(path) == 0 && access(path, F_OK) == -1 && errno == ENOENT);
  }
  snprintf(path, sizeof path, "%s/sub", top);
  EXPECT(rmdir(path) == 0 && opendir(path) == NULL && errno == ENOENT);
  printf("\n");
}

static void renaming(const char* top) {
  char from[300], to[300], text[10];
  snprintf(from, sizeof from, "%s/from", top);
  snprintf(to, sizeof to, "%s/to", top);
  FILE* f = fopen(from, "w");
  EXPECT(f && fputs("new", f) >= 0 && fclose(f) == 0);
  f = fopen(to, "w");
  EXPECT(f && fputs("older", f) >= 0 && fclose(f) == 0);
  EXPECT(rename(from, to) == 0 && access(from, F_OK) == -1);
  f = fopen(to, "r");
  EXPECT(f && fgets(text, sizeof text, f) && strcmp(text, "new") == 0 && fclose(f) == 0);
  EXPECT(rename(from, to) == -1 && errno == ENOENT && unlink(to) == 0);
  printf("renamed\n");
}

int main(int argc, char** argv) {
  const char* const top = argc > 1 ? argv[1] : "/";
  char path[300];
  state = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
  snprintf(path, sizeof path, "%s/random", top);
  for (int i = 0; i < 3; ++i) random_access(path);
  EXPECT(unlink(path) == 0);
  lines(path);
  EXPECT(unlink(path) == 0 && fopen(path, "r") == NULL && errno == ENOENT);
  EXPECT(open(path, O_RDONLY) == -1 && errno == ENOENT && close(50) == -1 && errno == EBADF);
  directories(top);
  renaming(top);
  return 0;
}
