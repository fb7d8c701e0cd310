"""What each group of operations is about, in the order of the documentation."""

TAGS = [
    {"name": name, "description": description}
    for name, description in (
        ("signing in", "Tokens for machine clients, and the keys by which anyone can verify them."),
        ("people", "Who may speak for the organisation: its members and its machine clients."),
        ("organisations", "Partnerships, schools, providers and local authorities, and their settings."),
        ("providers", "Alternative providers: their sites, their declarations, and their place in the register."),
        ("establishments", "The register of establishments, as last imported from GIAS."),
        ("pupils", "Pupil records, each kept by one organisation and shared by referral."),
        ("placements", "Who is placed where, when, for how long a week, and by whom."),
        ("registration", "Whether a provider meets a registration threshold: rulesets, checks, what-ifs, sweeps."),
        ("frameworks", "What is judged, on which scale, and what follows; how one scale reads on another."),
        ("visits", "Quality assurance visits, from plan to report: responses, comments, versions."),
        ("judgements", "What was found, how long it holds, and how it has changed."),
        ("decisions", "Concerns, and decisions on the future use of a provider."),
        ("action plans", "What a provider is to improve: actions, by when, their progress, and who has verified it."),
        ("compliance", "What is asked of providers, what shows that it is met, and where each provider stands."),
        ("evidence", "Files that show what is claimed."),
        ("calendars", "Terms and school days, by authority and school."),
        ("obligations", "Who owes what to whom by which agreement, until when, and what has met it."),
        ("attendance", "The register of each placement, session by session, with everything that was amended."),
        ("money", "Fee rates agreed, invoices matched, when they are payable, and who bears them."),
        ("questionnaires", "What pupils, parents and staff say of a provider, told so that nobody is known by it."),
        ("annual reports", "What a provider publishes of a year: what the system knows of it, and its own words."),
        ("changes", "What has happened, for whoever may know it, and the audit trail."),
        ("reference data", "Code lists for front ends and school systems."),
        ("operation", "For the machines that watch the service."),
    )
]
