/* merge_grad in double precision: the same tests, tighter. */
#include "../t_merge_grad.c"
