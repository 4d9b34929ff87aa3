/* Each pixel back to the 2 x 2 pixels that it was merged from, of n numbers in
 * all; w is that of dx. */
__kernel void merge_grad(BUF(dx), IN(dy), uint n, uint w, uint c, int add)
{
	uint i = get_global_id(0), pixel = i / c, row, column;
	real v;

	if (i >= n)
		return;
	row = pixel / w;
	column = pixel % w;
	pixel = row / 2 * 2 * w + column / 2 * 4 + column % 2 * 2 + row % 2;
	v = AT(dy)[pixel * c + i % c];
	AT(dx)[i] = add ? AT(dx)[i] + v : v;
}
