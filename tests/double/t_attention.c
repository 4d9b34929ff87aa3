/* attention in double precision: the same tests, tighter. */
#include "../t_attention.c"
