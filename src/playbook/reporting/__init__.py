"""From a parameterised notebook to a published page, without knowing what the notebook is about.

One subject a file, in the order of a run:

    parameters  what a notebook asks for, decided before anything starts
    notebook    a notebook file as plain data
    attach      what a notebook hands out besides its page: files, and a summary for the index
    shell       the cells of one notebook, run in this process, outputs kept
    worker      one job: run, render, record
    server      the warm process that forks one child a job
    pool        jobs on the warm process, or in cold processes where a process cannot be forked
    engine      the same for plain ``papermill --engine playbook``
    figure      a chart as HTML: figure, caption, data table, figure JSON
    page        an executed notebook as the parts of a page
    frame       what every page has around its content
    html        nbconvert with the template of ours
    publish     a folder that is always wholly old or wholly new
    guard       whether the data look like today's
    manifest    what a run read, did and made
    index       reports/index.html
    plan        what a run is asked for, every argument checked
    run         all of it: ``run_reports``
    verify      a run made again and compared

Nothing here imports an analysis: notebooks do.
"""
