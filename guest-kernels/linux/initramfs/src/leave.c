/* leave N: ends the machine with exit code N, whatever still runs. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char** argv) {
  enum { kMagic1 = (int)0xfee1dead, kMagic2 = 672274793, kRestart2 = (int)0xa1b2c3d4 };
  char command[32];
  snprintf(command, sizeof command, "exit %d", argc > 1 ? atoi(argv[1]) : 0);
  sync();
  syscall(SYS_reboot, kMagic1, kMagic2, kRestart2, command);
  perror("leave");
  return 1;
}
