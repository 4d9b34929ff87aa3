/* The ops in double precision: the same tests, tighter. */
#include "../t_ops.c"
