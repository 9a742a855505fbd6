// A shell: a line is commands with arguments, joined by | and with < > >> files; # begins a
// comment, `exit [status]` ends it. Programs are those in /bin.  sh [script]   from a file on the
// disk, else from the console or a pipe, until it ends. Its status is that of the last command that
// ran. At a terminal it prompts, and Ctrl-C ends what it runs.
#include <ctype.h>
#include <disco.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "workload.h"

enum { kLine = 512, kWords = 32, kCommands = 8 };

struct command {
  char* words[kWords + 1];
  int count;
  const char *input, *output;  // null: the neighbour's pipe, or the shell's
  int output_flags;
};

// The next line without its newline; 0 at the end.
static int read_line(int from, char* line) {
  size_t length = 0;
  char c;
  while (read(from, &c, 1) == 1) {
    if (c == '\n') {
      line[length] = 0;
      return 1;
    }
    if (length < kLine - 1) line[length++] = c;
  }
  line[length] = 0;
  return length != 0;
}

// The next word or operator of *at, which is cut off in place by way of `room`; null at the end.
static char* next_word(const char** at, char** room) {
  const char* p = *at;
  while (isspace((unsigned char)*p)) ++p;
  if (*p == 0 || *p == '#') return NULL;
  char* const word = *room;
  char* end = word;
  if (strchr("|<>", *p)) {
    *end++ = *p++;
    if (p[-1] == '>' && *p == '>') *end++ = *p++;
  } else {
    while (*p && !isspace((unsigned char)*p) && !strchr("|<>", *p)) *end++ = *p++;
  }
  *end++ = 0;
  *room = end;
  *at = p;
  return word;
}

static int add_redirection(struct command* c, const char* operator, const char* file) {
  if (!file) return 0;
  if (operator[0] == '<') {
    c->input = file;
  } else {
    c->output = file;
    c->output_flags = O_CREAT | O_WRONLY | (operator[1] ? O_APPEND : O_TRUNC);
  }
  return 1;
}

// The commands of a line; negative if it makes no sense.
static int parse(const char* line, char* room, struct command* commands) {
  memset(commands, 0, kCommands * sizeof *commands);
  int n = 0;
  for (char* word; (word = next_word(&line, &room)) != NULL;) {
    struct command* const c = &commands[n];
    if (word[0] == '|') {
      if (c->count == 0 || ++n == kCommands) return -1;
    } else if (word[0] == '<' || word[0] == '>') {
      if (!add_redirection(c, word, next_word(&line, &room))) return -1;
    } else {
      if (c->count == kWords) return -1;
      c->words[c->count++] = word;
    }
  }
  if (commands[n].count == 0) return n == 0 && !commands[0].input && !commands[0].output ? 0 : -1;
  return n + 1;
}

static void use(int descriptor, int as) {
  if (descriptor < 0) exit(1);
  if (descriptor == as) return;
  dup2(descriptor, as);
  close(descriptor);
}

static void become(const struct command* c) {
  char path[80];
  if (c->input) use(open(c->input, O_RDONLY), STDIN_FILENO);
  if (c->output) use(open(c->output, c->output_flags), STDOUT_FILENO);
  snprintf(path, sizeof path, "/bin/%s", c->words[0]);
  execv(path, c->words);
  printf("sh: no program %s\n", path);
  exit(127);
}

// Runs them side by side; the status of the last one.
static int run(const struct command* commands, int count) {
  pid_t last = -1;
  int input = STDIN_FILENO, result = 1;
  for (int i = 0; i < count; ++i) {
    int ends[2] = {-1, STDOUT_FILENO};
    if (i + 1 < count && pipe(ends) != 0) return 1;
    last = fork();
    if (last == 0) {
      if (ends[0] >= 0) close(ends[0]);
      use(input, STDIN_FILENO);
      use(ends[1], STDOUT_FILENO);
      become(&commands[i]);
    }
    if (input != STDIN_FILENO) close(input);
    if (ends[1] != STDOUT_FILENO) close(ends[1]);
    input = ends[0];
    if (last < 0) return 1;
  }
  for (int i = 0, status; i < count; ++i)
    if (wait(&status) == last) result = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + status;
  return result;
}

// At the console a shell outlives Ctrl-C; where a person sits there it says that it is ready.
static int begin(int from) {
  const int mode = terminal(from, TERMINAL_SHELL, TERMINAL_SHELL);
  if (mode < 0 || !(mode & TERMINAL_WATCHED)) return 0;
  printf("tinyix: ls shows the programs; Ctrl-C ends one, exit or Ctrl-D the shell\n");
  return 1;
}

static int next_command(int from, int is_interactive, char* line) {
  if (is_interactive) write(STDOUT_FILENO, "$ ", 2);
  const int is_there = read_line(from, line);
  if (!is_there && is_interactive) printf("\n");
  return is_there;
}

int main(int argc, char** argv) {
  static struct command commands[kCommands];
  char line[kLine], room[2 * kLine];
  int status = 0;
  const int from = argc > 1 ? open(argv[1], O_RDONLY) : STDIN_FILENO;
  if (from < 0) {
    printf("sh: cannot open %s\n", argv[1]);
    return 127;
  }
  const int is_interactive = begin(from);
  while (next_command(from, is_interactive, line)) {
    const int count = parse(line, room, commands);
    if (count < 0) {
      printf("sh: cannot understand: %s\n", line);
      status = 2;
    } else if (count > 0 && strcmp(commands[0].words[0], "exit") == 0) {
      return commands[0].count > 1 ? atoi(commands[0].words[1]) : status;
    } else if (count > 0) {
      status = run(commands, count);
    }
  }
  return status;
}
