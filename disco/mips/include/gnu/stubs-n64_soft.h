/* The C library's headers ask for the list of its functions that are stubs in this ABI. Debian has
   no soft-float MIPS C library and hence no list; the monitor uses none of its functions. */
