/* Blocks of 2 x 2 pixels to one pixel each, of n numbers in all; w is that of
 * x. */
__kernel void merge(BUF(y), IN(x), uint n, uint w, uint c)
{
	uint i = get_global_id(0), pixel = i / c, row, column;

	if (i >= n)
		return;
	row = pixel / (2 * w) * 2 + pixel % 2;
	column = pixel % (2 * w) / 4 * 2 + pixel / 2 % 2;
	AT(y)[i] = AT(x)[(row * w + column) * c + i % c];
}
