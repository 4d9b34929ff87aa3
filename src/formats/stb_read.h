/* stb_image in this file only, for PNG; its own warnings are not ours. */
#pragma GCC system_header
/* to the end of the file that includes this: gcc looks there */
#pragma GCC diagnostic ignored "-Wunused-function"
#define STB_IMAGE_STATIC
#define STB_IMAGE_IMPLEMENTATION
#define STBI_ONLY_PNG
#define STBI_NO_STDIO
#define STBI_NO_FAILURE_STRINGS
#include <stb/stb_image.h>
