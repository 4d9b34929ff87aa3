/* modulate_grad in double precision: the same tests, tighter. */
#include "../t_modulate_grad.c"
