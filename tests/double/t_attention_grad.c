/* attention_grad in double precision: the same tests, tighter. */
#include "../t_attention_grad.c"
