/* linear in double precision: the same tests, tighter. */
#include "../t_linear.c"
