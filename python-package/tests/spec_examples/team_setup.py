from tokligence import Gateway, Daemon
from tokligence.team import create_team, add_member

# Initialize team gateway
gateway = Gateway.from_profile('team')
gateway.init()

# Create team
team = create_team("Engineering")

# Add members
for email in ["alice@team.com", "bob@team.com"]:
    member = add_member(team.id, email)
    print(f"Added {member.email} with API key: {member.api_key}")

# Start daemon
daemon = Daemon(port=8081)
daemon.start(background=True)
