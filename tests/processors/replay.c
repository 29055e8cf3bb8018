/*
 * Call a target of tests/fuzz.c with each file named, once, where there is no
 * libFuzzer: replay --target=NAME FILE...
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
main(int argc, char **argv)
{
	static uint8_t data[1 << 20];

	LLVMFuzzerInitialize(&argc, &argv);
	for (int i = 1; i < argc; i++) {
		FILE *file;
		size_t n;

		if (strncmp(argv[i], "--", 2) == 0)
			continue;
		file = fopen(argv[i], "rb");
		if (file == NULL) {
			perror(argv[i]);
			return 1;
		}
		n = fread(data, 1, sizeof(data), file);
		fclose(file);
		LLVMFuzzerTestOneInput(data, n);
	}
	return 0;
}
