/* The same layers in double precision, tighter. */
#include "../t_swin_grad.c"
