// A real child process for the tests: the first argument names a role.
return 2;
