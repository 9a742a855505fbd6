// Directories of the disk. There are no entries "." and "..".
#ifndef TINYIX_DIRENT_H
#define TINYIX_DIRENT_H
#include <sys/types.h>

#define MAXNAMLEN 59
#define DT_UNKNOWN 0
struct dirent {
  ino_t d_ino;
  unsigned char d_type;
  char d_name[MAXNAMLEN + 1];
};
typedef struct tinyix_directory DIR;

#endif
