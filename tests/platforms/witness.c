/* The program that is packed for other platforms: it says what reached it. One source, built by `zig cc` for each of them.

   witness args WORD...      each word on a line, UTF-8
   witness env NAME...       each variable's value on a line, "-" for none
   witness exit STATUS       ends with it; 32 bits on Windows
   witness crash             writes to address 0
   witness status LINE       runs a command line in a console of its own, and tells its status: 32 bits, hexadecimal
   witness interrupt         sends Ctrl-C to its console, waits for it, and ends with 7
   witness linger FILE TIMES appends a byte to FILE, every 20 ms */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef _WIN32
#include <fcntl.h>
#include <io.h>
#include <windows.h>

static void say(const wchar_t *text) {
    char bytes[1 << 16];
    int length = WideCharToMultiByte(CP_UTF8, 0, text, -1, bytes, sizeof bytes - 1, NULL, NULL);
    fwrite(bytes, 1, length > 0 ? length - 1 : 0, stdout);
    fputc('\n', stdout);
}

static volatile LONG interrupted;

static BOOL WINAPI note_interrupt(DWORD event) {
    if (event == CTRL_C_EVENT) InterlockedExchange(&interrupted, 1);
    return TRUE;
}

static int interrupt(void) {
    SetConsoleCtrlHandler(NULL, FALSE);
    SetConsoleCtrlHandler(note_interrupt, TRUE);
    if (!GenerateConsoleCtrlEvent(CTRL_C_EVENT, 0)) return 1;
    for (int waited = 0; waited < 5000 && !interrupted; waited += 10) Sleep(10);
    /* Time for a launcher that would be ended by it too. */
    Sleep(300);
    return interrupted ? 7 : 2;
}

static int tell_status(const wchar_t *command) {
    STARTUPINFOW startup = {.cb = sizeof startup, .dwFlags = STARTF_USESTDHANDLES};
    startup.hStdInput = GetStdHandle(STD_INPUT_HANDLE);
    startup.hStdOutput = GetStdHandle(STD_OUTPUT_HANDLE);
    startup.hStdError = GetStdHandle(STD_ERROR_HANDLE);
    PROCESS_INFORMATION made;
    if (!CreateProcessW(NULL, _wcsdup(command), NULL, NULL, TRUE, CREATE_NEW_CONSOLE, NULL, NULL, &startup, &made)) return 1;
    WaitForSingleObject(made.hProcess, INFINITE);
    DWORD status = 0;
    GetExitCodeProcess(made.hProcess, &status);
    printf("%08lx\n", status);
    return 0;
}

static void pause_briefly(void) { Sleep(20); }

#define TEXT_OF(literal) L##literal
typedef wchar_t letter;
#define same(a, b) (wcscmp(a, L##b) == 0)
#define variable(name) _wgetenv(name)
#define number(text) ((int)wcstoul(text, NULL, 0))
#define append(path) _wfopen(path, L"ab")
int wmain(int argc, letter **argv) {
    _setmode(_fileno(stdout), _O_BINARY);
    /* No box that waits for somebody to press a button. */
    SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX);
#else
#include <unistd.h>

typedef char letter;
static void say(const letter *text) { puts(text); }
static int interrupt(void) { return 1; }
static int tell_status(const letter *command) { return command == NULL; }
static void pause_briefly(void) { usleep(20000); }

#define TEXT_OF(literal) literal
#define same(a, b) (strcmp(a, b) == 0)
#define variable(name) getenv(name)
#define number(text) ((int)strtoul(text, NULL, 0))
#define append(path) fopen(path, "ab")
int main(int argc, letter **argv) {
#endif
    if (argc < 2) return 2;
    if (same(argv[1], "args")) {
        for (int at = 2; at < argc; at++) say(argv[at]);
        return 0;
    }
    if (same(argv[1], "env")) {
        for (int at = 2; at < argc; at++) {
            const letter *value = variable(argv[at]);
            say(value ? value : TEXT_OF("-"));
        }
        return 0;
    }
    if (same(argv[1], "exit") && argc == 3) return number(argv[2]);
    if (same(argv[1], "crash")) *(volatile int *)0 = 1;
    if (same(argv[1], "interrupt")) return interrupt();
    if (same(argv[1], "status") && argc == 3) return tell_status(argv[2]);
    if (same(argv[1], "linger") && argc == 4) {
        for (int times = number(argv[3]); times > 0; times--) {
            FILE *file = append(argv[2]);
            if (!file) return 1;
            fputc('.', file);
            fclose(file);
            pause_briefly();
        }
        return 0;
    }
    return 2;
}
