#pragma once
int isdigit(int), isspace(int), isprint(int), isupper(int), islower(int), isalpha(int),
    isalnum(int), toupper(int), tolower(int);
