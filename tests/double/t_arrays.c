/* arrays in double precision: the same tests, tighter. */
#include "../t_arrays.c"
