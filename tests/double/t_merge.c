/* merge in double precision: the same tests, tighter. */
#include "../t_merge.c"
