/* linear_grad in double precision: the same tests, tighter. */
#include "../t_linear_grad.c"
