/* stb_image_write in this file only; its own warnings are not ours. */
#pragma GCC system_header
/* to the end of the file that includes this: gcc looks there */
#pragma GCC diagnostic ignored "-Wunused-function"
#define STB_IMAGE_WRITE_STATIC
#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STBI_WRITE_NO_STDIO
#include <stb/stb_image_write.h>
