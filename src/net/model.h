/* Between the files of the model only. */
#ifndef IP_MODEL_FILE_H
#define IP_MODEL_FILE_H

#include <iphase/model.h>

/* The names' ends of a block's table of biases, and of the table that says
 * which of its rows belongs to which pair of a window's 49 pixels. */
#define IP_BIAS_TABLE ".attn.relative_position_bias_table"
#define IP_INDEX_TABLE ".attn.relative_position_index"

/* That table, (49, 49) int64, new. */
int ip_model_index(struct ip_tensor *t);

/* The largest magnitude of contiguous float32 or 64 (0 of others). */
double ip_model_largest(const struct ip_tensor *t);

#endif
