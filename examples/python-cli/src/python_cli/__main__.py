from python_cli.main import main

main()
