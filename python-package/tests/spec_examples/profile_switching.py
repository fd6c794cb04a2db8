from tokligence import Gateway

# Load specific profile
gateway = Gateway.from_profile('agent')

# Or customize
gateway = Gateway(config_path='~/.config/tokligence/config.yaml')
gateway.load_profile('team')
gateway.override({
    'gateway.port': 8082,
    'database.type': 'postgresql'
})
gateway.save()
