# Completion of prong(8) for fish.
# SPDX-License-Identifier: MIT
set -l commands check dump explain schema reload drain stop reopen unready ready scale ps top upgrade new version help
set -l none "not __fish_seen_subcommand_from $commands"
set -l asking "__fish_seen_subcommand_from reload drain stop reopen unready ready scale ps top upgrade"

complete -c prong -f
complete -c prong -n $none -a check -d 'check the configuration'
complete -c prong -n $none -a dump -d 'print the configuration with all defaults'
complete -c prong -n $none -a schema -d 'print the JSON Schema of the configuration'
complete -c prong -n $none -a reload -d 'reload the configuration of the server'
complete -c prong -n $none -a drain -d 'finish requests in flight, then shut down'
complete -c prong -n $none -a stop -d 'shut down now'
complete -c prong -n $none -a unready -d 'answer 503 at /readyz, and serve on'
complete -c prong -n $none -a ready -d 'end that'
complete -c prong -n $none -a reopen -d 'reopen the log files'
complete -c prong -n $none -a explain -d 'explain the response to a request'
complete -c prong -n $none -a scale -d 'set the number of workers'
complete -c prong -n $none -a ps -d 'list the workers and what they are doing'
complete -c prong -n $none -a top -d 'show requests, workers and sites by the second'
complete -c prong -n $none -a upgrade -d 'replace the server by the installed program'
complete -c prong -n $none -a new -d 'create a module'
complete -c prong -n $none -a version -d 'print the version'
complete -c prong -n $none -a help -d 'print a summary'
# A directory to serve has a slash in its name.
complete -c prong -n "$none; and string match -q '*[./]*' -- (commandline -ct)" -a '(__fish_complete_directories)'
complete -c prong -s c -l config -r -F -d 'configuration file, or - for standard input'
complete -c prong -l control -r -F -d 'control socket of the server'
complete -c prong -n $none -s d -l daemon -d 'run in the background'
complete -c prong -n $none -s l -l listen -x -d 'with a directory: the address to listen on'
complete -c prong -n $asking -s j -l json -d 'print the answer of the server as JSON'
complete -c prong -n '__fish_seen_subcommand_from explain' -s H -l header -x -d 'a field of the request'
complete -c prong -n '__fish_seen_subcommand_from explain' -l as -x -d 'the address of the client'
complete -c prong -n '__fish_seen_subcommand_from explain' -l last -x -d 'a request ID of the server'
complete -c prong -n '__fish_seen_subcommand_from check' -l diff -d 'compare with what runs'
complete -c prong -n '__fish_seen_subcommand_from check' -l modules -d 'start each module in a process of its own'
complete -c prong -n '__fish_seen_subcommand_from check' -l no-files -d 'look only at the configuration'
complete -c prong -n '__fish_seen_subcommand_from top' -l once -d 'print one view, and end'
complete -c prong -n '__fish_seen_subcommand_from check' -l run -d 'start a worker that answers the checks'
complete -c prong -n '__fish_seen_subcommand_from reload upgrade' -l force -d 'leave out the checks'
complete -c prong -n '__fish_seen_subcommand_from check' -l strict -d 'warnings fail, too'
complete -c prong -n '__fish_seen_subcommand_from dump' -l running -d 'print what runs'
complete -c prong -s h -l help -d 'print a summary'
complete -c prong -s V -l version -d 'print the version'
